-- summary: Rollbook: terms of one year
-- area: places
-- core: terms
select
  t.dcid as term_dcid,
  sc.dcid as school_dcid,
  t.yearid as yearid,
  t.name as name,
  t.abbreviation as abbreviation,
  to_char(t.firstday, 'YYYY-MM-DD') as first_day,
  to_char(t.lastday, 'YYYY-MM-DD') as last_day,
  t.portion as portion,
  t.isyearrec as is_year
from terms t
join schools sc on sc.school_number = t.schoolid
where t.dcid > :after
  and t.yearid = :yearid
  and sc.school_number not in (0, 999999)
  and nvl(to_char(t.transaction_date, 'YYYY-MM-DD'), '0') >= :since
order by t.dcid
