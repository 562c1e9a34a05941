"""What takes minutes to prove: previews (`make test-previews`), the image and the compose files (`make test-image`)."""
