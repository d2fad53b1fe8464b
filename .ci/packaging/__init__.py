"""What a release is made of, a file each."""
