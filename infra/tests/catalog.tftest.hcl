# Tables that Athena and Spark can read as Delta, with the columns of the contracts.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "tables_come_from_the_contracts" {
  command = plan

  assert {
    condition = toset(keys(aws_glue_catalog_table.delta)) == toset([
      "feedback", "feedback_quarantine", "tickets", "tickets_quarantine"
    ])
    error_message = "Each contract must give a Silver and a quarantine table."
  }

  assert {
    condition = jsonencode([
      for column in aws_glue_catalog_table.delta["feedback"].storage_descriptor[0].columns : "${column.name} ${column.type}"
      if !startswith(column.name, "_")
      ]) == jsonencode([
      "feedback_id string", "rating bigint", "amount decimal(12,2)", "received_at timestamp",
      "keywords array<string>", "score double", "summary string",
    ])
    error_message = "Columns must have the types the job writes."
  }

  assert {
    condition = alltrue([
      for name, table in aws_glue_catalog_table.delta : (
        table.parameters["spark.sql.sources.provider"] == "delta" &&
        table.storage_descriptor[0].ser_de_info[0].parameters["path"] == table.storage_descriptor[0].location &&
        can(regex(endswith(name, "_quarantine") ? "/quarantine/[a-z]+$" : "/silver/[a-z]+$", table.storage_descriptor[0].location))
      )
    ])
    error_message = "A native Delta table needs the provider delta and its path, or it is read as plain files."
  }
}
