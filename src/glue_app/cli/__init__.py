"""The console command `glue-app`."""
