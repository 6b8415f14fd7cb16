-- Who may change rows of the tables: state machines, for their pipelines.
CREATE ROLE millrace_loader
