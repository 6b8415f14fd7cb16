/** What the songplays report asks of the star: the same text for PostgreSQL (and PGlite) and for Redshift. All sums are the warehouse's. */

export const TOTALS = `
select count(*) as plays, count(distinct p.user_id) as listeners, sum(p.length) / 3600 as hours, count(p.song_id) as found,
       count(*) - count(nullif(p.song_title, '')) as untitled, count(*) - count(nullif(p.location, '')) as placeless,
       floor(extract(epoch from min(p.start_time))) as first_second, floor(extract(epoch from max(p.start_time))) as last_second
  from millrace.songplays p`;

export const CATALOGUE = `
select (select count(*) from millrace.songs) as songs, (select count(*) from millrace.artists) as artists`;

// A song that the catalogue has goes by its name there, any other by the log's: both count as one song where they agree.
export const SONGS = `
select coalesce(s.title, p.song_title) as name, coalesce(s.artist_name, p.artist_name) as artist,
       count(*) as plays, count(distinct p.user_id) as listeners, count(p.song_id) as found, count(*) over () as in_all
  from millrace.songplays p
  left join millrace.songs s on s.song_id = p.song_id
 where nullif(coalesce(s.title, p.song_title), '') is not null
 group by coalesce(s.title, p.song_title), coalesce(s.artist_name, p.artist_name)
 order by plays desc, name, artist
 limit $1`;

export const ARTISTS = `
select coalesce(a.name, p.artist_name) as name,
       count(*) as plays, count(distinct p.user_id) as listeners, count(p.song_id) as found, count(*) over () as in_all
  from millrace.songplays p
  left join millrace.artists a on a.artist_id = p.artist_id
 where nullif(coalesce(a.name, p.artist_name), '') is not null
 group by coalesce(a.name, p.artist_name)
 order by plays desc, name
 limit $1`;

export const SLOTS = `
select t.weekday, t.hour, count(*) as plays
  from millrace.songplays p
  join millrace."time" t on t.start_time = p.start_time
 group by t.weekday, t.hour
 order by t.weekday, t.hour`;

const SUBSCRIPTION = `case when p.level in ('free', 'paid') then p.level else 'other' end`;

export const SUBSCRIPTIONS = `
select ${SUBSCRIPTION} as subscription, count(*) as plays, count(distinct p.user_id) as listeners, sum(p.length) / 3600 as hours
  from millrace.songplays p
 group by ${SUBSCRIPTION}`;

export const CHANGED = `
select count(*) as listeners
  from (select p.user_id
          from millrace.songplays p
         where p.level in ('free', 'paid') and p.user_id is not null
         group by p.user_id
        having count(distinct p.level) > 1) as changed`;

const UTC = `p.start_time at time zone 'UTC'`;

export const periods = (unit: 'day' | 'week' | 'month') => `
select extract(epoch from date_trunc('${unit}', ${UTC})) as begins, ${SUBSCRIPTION} as subscription,
       count(*) as plays, count(distinct p.user_id) as listeners
  from millrace.songplays p
 group by date_trunc('${unit}', ${UTC}), ${SUBSCRIPTION}
 order by 1, 2`;

export const PLACES = `
select p.location as name, count(*) as plays, count(distinct p.user_id) as listeners, count(*) over () as in_all
  from millrace.songplays p
 where nullif(p.location, '') is not null
 group by p.location
 order by plays desc, name
 limit $1`;

/** By what browsers write into their user agent; the first that fits. */
const PATTERNS: readonly (readonly [pattern: string, device: string])[] = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['Linux', 'Linux'],
];
const DEVICE = `case ${PATTERNS.map(([pattern, name]) => `when p.user_agent like '%${pattern}%' then '${name}'`).join(' ')} when nullif(p.user_agent, '') is null then 'not known' else 'other' end`;

export const DEVICES = `
select ${DEVICE} as name, count(*) as plays, count(distinct p.user_id) as listeners
  from millrace.songplays p
 group by ${DEVICE}
 order by plays desc, name`;
