-- What W1 asks of PostgreSQL, without anything in front: the log-in with its permissions, and one policy.
\set i random(1, :policies)
SELECT u.id, u.email, u.is_superuser, ARRAY(
    SELECT k.app_label || '.' || p.codename FROM accounts_user_groups g JOIN auth_group_permissions h USING (group_id)
    JOIN auth_permission p ON p.id = h.permission_id JOIN django_content_type k ON k.id = p.content_type_id WHERE g.user_id = u.id
) FROM accounts_user u JOIN accounts_tokenfamily f ON f.user_id = u.id WHERE f.id = :family::uuid AND f.ended_at IS NULL AND u.is_active;
SELECT * FROM policies_policy WHERE id = (lpad(to_hex(:newest::bigint - :i::bigint * 45000), 12, '0') || '70008000' || lpad(to_hex(:i::bigint), 12, '0'))::uuid;
