"""The peers: the same part of the API as FastAPI services. They run in bench/.venv and know nothing of the platform's code."""
