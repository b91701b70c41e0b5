"""What glancetape is measured against: least servers and addons, and plain loops."""
