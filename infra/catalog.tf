# ---------------------------------------------------------------- catalog of the Delta tables
# Registered as Glue's crawler registers a native Delta table: the provider "delta" and the path. Athena (engine 3) and
# Spark read the columns from the transaction log, without manifest files. The columns here come from the contract,
# for people and for Lake Formation; their order does not matter (Terraform sorts a YAML mapping by key).
# https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables.html
locals {
  contracts = { for dataset, path in local.contract_files : dataset => yamldecode(file(path)) }

  # Type of a contract's column, or of the JSON Schema of the model's answer -> Hive's name, where they differ.
  hive_types = { integer = "bigint", number = "double" }

  # Columns the job adds to every Silver row.
  lineage_columns = {
    "_source"             = "string"
    "_source_version_id"  = "string"
    "_source_line"        = "bigint"
    "_source_modified_at" = "timestamp"
    "_source_order"       = "string"
    "_ingested_at"        = "timestamp"
    "_job_run_id"         = "string"
    "_record_key"         = "string"
    "_repairs"            = "string"
  }

  silver_columns = {
    for dataset, contract in local.contracts : dataset => concat(
      [
        for column in try(contract.columns, []) : {
          name    = column.name
          type    = lookup(local.hive_types, column.type, replace(column.type, " ", ""))
          comment = try(column.title.en, column.title, "")
        }
      ],
      [
        for name, property in try(contract.enrich.answer.properties, {}) : {
          name = name
          type = (
            try(property.type, "string") == "array"
            ? "array<${lookup(local.hive_types, try(property.items.type, "string"), try(property.items.type, "string"))}>"
            : lookup(local.hive_types, local.answer_kinds[dataset][name], local.answer_kinds[dataset][name])
          )
          comment = "Answer of the model"
        }
      ],
      [
        for name in ["_model_id", "_prompt_digest"] : { name = name, type = "string", comment = "Whose answer" }
        if can(contract.enrich)
      ],
      [for name, type in local.lineage_columns : { name = name, type = type, comment = "Lineage" }],
    )
  }

  # JSON Schema writes a string that may be missing as ["string", "null"].
  answer_kinds = {
    for dataset, contract in local.contracts : dataset => {
      for name, property in try(contract.enrich.answer.properties, {}) :
      name => one([for kind in flatten([try(property.type, "string")]) : kind if kind != "null"])
    }
  }

  quarantine_columns = {
    "_source"            = "string"
    "_source_version_id" = "string"
    "_source_line"       = "bigint"
    "_raw"               = "string"
    "_reason"            = "string"
    "_detail"            = "string"
    "_job_run_id"        = "string"
    "_quarantined_at"    = "timestamp"
  }

  # table -> description, location and columns
  delta_tables = merge(
    {
      for dataset in local.datasets : dataset => {
        description = "Silver: validated and enriched records of ${dataset}"
        location    = "s3://${aws_s3_bucket.this["silver"].bucket}/silver/${dataset}"
        columns     = local.silver_columns[dataset]
      }
    },
    {
      for dataset in local.datasets : "${dataset}_quarantine" => {
        description = "Quarantine: rejected rows of ${dataset} with raw text, line and reason"
        location    = "s3://${aws_s3_bucket.this["silver"].bucket}/quarantine/${dataset}"
        columns     = [for name, type in local.quarantine_columns : { name = name, type = type, comment = "" }]
      }
    },
  )
}

resource "aws_glue_catalog_database" "silver" {
  name        = "${replace(var.name, "-", "_")}_silver"
  description = "Delta tables of ${var.name}: Silver and quarantine of each dataset"
}

resource "aws_glue_catalog_table" "delta" {
  for_each = local.delta_tables

  name          = each.key
  database_name = aws_glue_catalog_database.silver.name
  description   = each.value.description
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    "EXTERNAL"                   = "TRUE"
    "classification"             = "delta"
    "spark.sql.sources.provider" = "delta"
    "table_type"                 = "DELTA"
  }

  storage_descriptor {
    location      = each.value.location
    input_format  = "org.apache.hadoop.mapred.SequenceFileInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
      parameters = {
        "path"                 = each.value.location
        "serialization.format" = "1"
      }
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = substr(columns.value.comment, 0, 255) # Glue's limit
      }
    }
  }
}
