"""What a request can show: the images of one service, and of these what its caller sees.

`image_services` knows which addresses lead to one service, `visible` what a caller surely never
saw.
"""
