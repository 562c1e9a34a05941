-- Customers number `first` to `last`. One in thirteen is called Smith; the others share some nine hundred surnames.
INSERT INTO customers_customer
    (id, created_at, updated_at, version, email, first_name, last_name, phone, date_of_birth, ssn, ssn_hash, identity_hash, phone_hash, address, user_id)
SELECT
    (lpad(to_hex(%(newest)s - i * %(step)s), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
    to_timestamp((%(newest)s - i * %(step)s) / 1000.0),
    to_timestamp((%(newest)s - i * %(step)s) / 1000.0),
    1,
    'insured' || i || '@example.com',
    (ARRAY['James', 'Mary', 'Robert', 'Patricia', 'John', 'Jennifer', 'Michael', 'Linda', 'David', 'Elizabeth',
           'Maria', 'Wei', 'Fatima', 'Ivan', 'Aisha', 'Kofi', 'Yuki', 'Carlos', 'Priya', 'Olga'])[1 + mod(i / 13, 20)],
    CASE WHEN mod(i, 13) = 0 THEN 'Smith' ELSE
        (ARRAY['Ash', 'Black', 'Brad', 'Carl', 'Craw', 'Dal', 'East', 'Fair', 'Gar', 'Hal', 'Har', 'Kirk', 'Lang', 'Mar', 'Mor',
               'Nor', 'Old', 'Pem', 'Rad', 'Rock', 'Shel', 'Stan', 'Thorn', 'Under', 'Wal', 'Wake', 'West', 'Whit', 'Win', 'Wood'])[1 + mod(i, 30)]
        ||
        (ARRAY['bank', 'berg', 'bourne', 'bridge', 'brook', 'bury', 'by', 'combe', 'cott', 'croft', 'dale', 'den', 'field', 'ford', 'gate',
               'ham', 'hurst', 'land', 'ley', 'low', 'man', 'more', 'ridge', 'shaw', 'stead', 'stone', 'ton', 'ward', 'well', 'worth'])[1 + mod(i / 30, 30)]
    END,
    (%(phones)s::bytea[])[1 + mod(i, 5)],
    (%(births)s::bytea[])[1 + mod(i, 5)],
    (%(ssns)s::bytea[])[1 + mod(i, 5)],
    md5(i::text) || %(digest)s,
    md5('identity' || i) || %(digest)s,
    md5('phone' || i) || %(digest)s,
    (%(addresses)s::bytea[])[1 + mod(i, 5)],
    NULL
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
