GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE millrace.:"table" TO ROLE millrace_loader
