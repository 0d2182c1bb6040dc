#!/usr/bin/env bash
# Package:   PostgreSQL 15 (Debian postgresql-15), default settings.
# Guess:     on a table with the primary key (place, key), `where place = 3 and key >= '' order by key limit 300` walks the
#            index and stops after 300 rows, however many there are.
# Behaviour: before the table is first analysed (autovacuum comes round once a minute) the planner takes the 20000 rows of
#            the place for 244, fewer than the limit, so it reads and sorts all of them. The same number as a subselect, or
#            as any expression it cannot see through, counts as a tenth of the rows, and the index is walked.
# Output:    limit 300: 20000 rows read
#            limit (select 300): 300 rows read
# Matters:   reading a new table page by page costs its square. Say limits so that the planner does not see them.
set -euo pipefail
programs=/usr/lib/postgresql/15/bin
[ -x $programs/initdb ] || { echo "needs PostgreSQL 15: apt-get install postgresql-15"; exit 2; }
folder=$(mktemp -d)
as=()
# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; as=(runuser -u postgres --); fi
cd /
trap '"${as[@]}" $programs/pg_ctl -D "$folder/data" -m immediate stop >/dev/null; rm -rf "$folder"' EXIT
"${as[@]}" $programs/initdb -D "$folder/data" --auth=trust --username=probe --locale=C >/dev/null
"${as[@]}" $programs/pg_ctl -D "$folder/data" -l "$folder/log" -o "-k $folder -c listen_addresses=''" -w start >/dev/null
sql() { $programs/psql -XqtA -v ON_ERROR_STOP=1 -h "$folder" -U probe postgres -c "$1"; }
sql "create table probe (place int4, key bytea, value bytea, primary key (place, key)) with (autovacuum_enabled = off)"
sql "insert into probe select p, int4send(i), decode(repeat('07', 100), 'hex')
     from generate_series(1, 5) p, generate_series(1, 20000) i"
read_by() {
    sql "explain (analyze, costs off, timing off)
         select key, value from probe where place = 3 and key >= '' order by key limit $1" |
        sed -n 's/.*Scan.*actual rows=\([0-9]*\).*/\1/p' | sort -n | tail -1
}
seen=$(read_by 300)
hidden=$(read_by "(select 300)")
echo "limit 300: $seen rows read"
echo "limit (select 300): $hidden rows read"
[ "$seen" = 20000 ] && [ "$hidden" = 300 ] || { echo "CHANGED: another plan"; exit 1; }
echo "as described"
