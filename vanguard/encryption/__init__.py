"""Personal data at rest: Fernet under a key stretched from ENCRYPTION_KEY and ENCRYPTION_SALT, and keyed digests for look-ups."""
