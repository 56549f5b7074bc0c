"""Make and judge product pictures: the library under the studio's pages, its Space and its command line."""
