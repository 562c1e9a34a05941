# What the official image's entry point does for the variables that our compose files set.
set -eu
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
chown postgres "$PGDATA"
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf '%s' "${POSTGRES_PASSWORD:?}" >/tmp/password
    chown postgres /tmp/password
    as initdb -D "$PGDATA" --username="$user" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8
    rm /tmp/password
    as pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    [ "$database" = postgres ] || as createdb -U "$user" "$database"
    as pg_ctl -D "$PGDATA" -m fast -w stop
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups "$@" -c listen_addresses='*'
