-- What W2 asks of PostgreSQL: the log-in with its permissions, the exact total, and a page of 20.
\set start random(0, :pages - 1) * 20
SELECT u.id, u.email, u.is_superuser, ARRAY(
    SELECT k.app_label || '.' || p.codename FROM accounts_user_groups g JOIN auth_group_permissions h USING (group_id)
    JOIN auth_permission p ON p.id = h.permission_id JOIN django_content_type k ON k.id = p.content_type_id WHERE g.user_id = u.id
) FROM accounts_user u JOIN accounts_tokenfamily f ON f.user_id = u.id WHERE f.id = :family::uuid AND f.ended_at IS NULL AND u.is_active;
SELECT *, (SELECT sum(number) FROM vanguard_rowcount WHERE table_name = 'policies_policy') FROM policies_policy ORDER BY created_at DESC, id DESC LIMIT 21 OFFSET :start;
