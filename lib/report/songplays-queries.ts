/** What the songplays report asks of the star: the same text for PostgreSQL (and PGlite) and for Redshift. All sums are the warehouse's. */

interface Listening {
  /** Expressions by the names of their columns; rows are those that differ in one of them. */
  readonly by: Readonly<Record<string, string>>;
  /** Tables joined to the plays, `p`. @default - none */
  readonly join?: string;
  /** @default - all plays */
  readonly where?: string;
  /** `order by` and `limit` of the answer. @default - in no order */
  readonly end?: string;
}

/**
 * Plays, listeners, hours and plays found in the catalogue, by something; `in_all` is how many rows there are without a limit.
 * It sums up listener by listener first: that takes half the time of the sort which a `count(distinct …)` makes.
 */
function listening({ by, join = '', where = 'true', end = '' }: Listening): string {
  const [names, expressions] = [Object.keys(by).join(', '), Object.values(by).join(', ')];
  const columns = Object.entries(by).map(([name, expression]) => `${expression} as ${name}`);
  return `
select ${names}, sum(plays) as plays, count(user_id) as listeners, sum(hours) as hours, sum(found) as found, count(*) over () as in_all
  from (select ${columns.join(', ')}, p.user_id, count(*) as plays, sum(p.length) / 3600 as hours, count(p.song_id) as found
          from millrace.songplays p ${join}
         where ${where}
         group by ${expressions}, p.user_id) as each_listener
 group by ${names}
 ${end}`;
}

export const TOTALS = `
select sum(plays) as plays, count(user_id) as listeners, sum(hours) as hours, sum(found) as found, sum(untitled) as untitled,
       sum(placeless) as placeless, floor(extract(epoch from min(first_start))) as first_second,
       floor(extract(epoch from max(last_start))) as last_second
  from (select p.user_id, count(*) as plays, sum(p.length) / 3600 as hours, count(p.song_id) as found,
               count(*) - count(nullif(p.song_title, '')) as untitled, count(*) - count(nullif(p.location, '')) as placeless,
               min(p.start_time) as first_start, max(p.start_time) as last_start
          from millrace.songplays p
         group by p.user_id) as each_listener`;

export const CATALOGUE = `
select (select count(*) from millrace.songs) as songs, (select count(*) from millrace.artists) as artists`;

// A song that the catalogue has goes by its name there, any other by the log's: both count as one song where they agree.
const TITLE = 'coalesce(s.title, p.song_title)';
export const SONGS = listening({
  by: { name: TITLE, artist: 'coalesce(s.artist_name, p.artist_name)' },
  join: 'left join millrace.songs s on s.song_id = p.song_id',
  where: `nullif(${TITLE}, '') is not null`,
  end: 'order by plays desc, name, artist limit $1',
});

const ARTIST = 'coalesce(a.name, p.artist_name)';
export const ARTISTS = listening({
  by: { name: ARTIST },
  join: 'left join millrace.artists a on a.artist_id = p.artist_id',
  where: `nullif(${ARTIST}, '') is not null`,
  end: 'order by plays desc, name limit $1',
});

export const SLOTS = `
select t.weekday, t.hour, count(*) as plays
  from millrace.songplays p
  join millrace."time" t on t.start_time = p.start_time
 group by t.weekday, t.hour
 order by t.weekday, t.hour`;

const SUBSCRIPTION = `case when p.level in ('free', 'paid') then p.level else 'other' end`;

export const SUBSCRIPTIONS = listening({ by: { subscription: SUBSCRIPTION } });

export const CHANGED = `
select count(*) as listeners
  from (select p.user_id
          from millrace.songplays p
         where p.level in ('free', 'paid') and p.user_id is not null
         group by p.user_id
        having min(p.level) <> max(p.level)) as changed`;

/** `begins` is in epoch seconds. */
export const periods = (unit: 'day' | 'week' | 'month') =>
  listening({
    by: { begins: `extract(epoch from date_trunc('${unit}', p.start_time at time zone 'UTC'))`, subscription: SUBSCRIPTION },
    end: 'order by begins, subscription',
  });

export const PLACES = listening({
  by: { name: 'p.location' },
  where: `nullif(p.location, '') is not null`,
  end: 'order by plays desc, name limit $1',
});

/** By what browsers write into their user agent; the first that fits. */
const PATTERNS: readonly (readonly [pattern: string, device: string])[] = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['Linux', 'Linux'],
];
const NAMED = PATTERNS.map(([pattern, name]) => `when p.user_agent like '%${pattern}%' then '${name}'`).join(' ');

export const DEVICES = listening({
  by: { name: `case ${NAMED} when nullif(p.user_agent, '') is null then 'not known' else 'other' end` },
  end: 'order by plays desc, name',
});
