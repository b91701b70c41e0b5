"""What finds images in a set: bitmaps by value, ranges of times and numbers, orders by sort key."""
