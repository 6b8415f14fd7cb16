-- Signs in by IAM only.
CREATE USER :"user" WITH PASSWORD DISABLE
