"""One module per command of `./hotline`; the dispatcher imports only the one that is named."""
