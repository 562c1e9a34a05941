"""Log records as the platform's own formatter writes them."""

import logging
from logging.config import DictConfigurator

from vanguard.observability.logs import logging_config


def formatted(record: logging.LogRecord, environment: str = "production") -> str:
    config = logging_config("INFO", environment)
    return str(DictConfigurator(config).configure_formatter(config["formatters"]["line"]).format(record))
