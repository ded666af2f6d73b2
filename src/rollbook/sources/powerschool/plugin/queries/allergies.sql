-- summary: Rollbook: allergies of students
-- area: people
-- core: students
select
  s.dcid as student_dcid,
  c.allergies as allergies
from students s
join studentcorefields c on c.studentsdcid = s.dcid
where s.dcid > :after
  and s.enroll_status in (0, -1)
  and c.allergies is not null
  and nvl(to_char(c.whenmodified, 'YYYY-MM-DD'), '0') >= :since
order by s.dcid
