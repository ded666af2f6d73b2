-- summary: Rollbook: who sits in which section
-- area: teaching
-- core: sections
-- declare: dropped = cc.id
select
  e.dcid as enrollment_dcid,
  sec.dcid as section_dcid,
  s.dcid as student_dcid,
  sc.dcid as school_dcid,
  to_char(e.dateenrolled, 'YYYY-MM-DD') as entry_date,
  to_char(e.dateleft, 'YYYY-MM-DD') as exit_date,
  case when e.termid < 0 then '1' else '0' end as dropped
from cc e
join sections sec on sec.id = abs(e.sectionid)
join students s on s.id = e.studentid
join schools sc on sc.school_number = sec.schoolid
where e.dcid > :after
  and abs(e.termid) between :yearid * 100 and :yearid * 100 + 99
  and (e.termid > 0 or :since <> '0')
  and (s.enroll_status in (0, -1) or :since <> '0')
  and nvl(to_char(e.transaction_date, 'YYYY-MM-DD'), '0') >= :since
order by e.dcid
