# ---------------------------------------------------------------- catalog of the Delta tables
locals {
  # Columns of a quarantine table: name -> Hive type, as the job writes them.
  quarantine_columns = {
    "_source"            = "string"
    "_source_version_id" = "string"
    "_source_line"       = "int"
    "_raw"               = "string"
    "_reason"            = "string"
    "_detail"            = "string"
    "_job_run_id"        = "string"
    "_quarantined_at"    = "timestamp"
  }
}

resource "aws_glue_catalog_database" "silver" {
  name        = "${replace(var.name, "-", "_")}_silver"
  description = "Delta tables of ${var.name}: one for each dataset, and its quarantine"
}
