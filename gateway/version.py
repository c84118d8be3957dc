"""The product's version, one place for code, pages and `status`."""

VERSION = "0.1.0"
