"""What a user of diffusers hands in, made ready for Hallo3 as the batch makes it ready."""
