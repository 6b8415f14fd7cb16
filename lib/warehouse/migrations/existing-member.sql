SELECT user_name FROM svv_user_grants WHERE user_name = $1 AND role_name = 'millrace_loader'
