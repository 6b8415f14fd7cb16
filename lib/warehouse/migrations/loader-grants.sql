GRANT SELECT, INSERT, DELETE ON TABLE millrace.:"table" TO ROLE millrace_loader
