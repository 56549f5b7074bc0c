"""All English text of the pages (studio.pot) and its translations, a file a language; `make texts` renews them."""
