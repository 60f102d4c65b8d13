"""The watermark of delivered pictures: a weak pattern that names job and take, and its reader."""
