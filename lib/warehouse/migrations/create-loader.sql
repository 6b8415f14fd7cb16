-- Who may replace rows of the tables: pipelines' state machines.
CREATE ROLE millrace_loader
