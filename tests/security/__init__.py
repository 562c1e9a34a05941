"""What would catch us: promises of security, each with the test that fails where it is broken."""
