"""RDS's answers: shapes, paging, tags and the handlers of single resources. Decides and keeps nothing."""
