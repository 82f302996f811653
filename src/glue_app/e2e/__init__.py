"""`make e2e` and `make run`: send a CSV through the whole pipeline and prove what came out."""
