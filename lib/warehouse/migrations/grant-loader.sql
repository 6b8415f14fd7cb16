GRANT ROLE millrace_loader TO :"user"
