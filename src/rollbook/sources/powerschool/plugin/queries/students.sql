-- summary: Rollbook: students
-- area: people
-- core: students
-- declare: school_dcid = schools.dcid
select
  s.dcid as student_dcid,
  s.student_number as student_number,
  s.state_studentnumber as state_id,
  s.student_web_id as username,
  s.first_name as first_name,
  s.middle_name as middle_name,
  s.last_name as last_name,
  s.gender as gender,
  to_char(s.dob, 'YYYY-MM-DD') as birth_date,
  s.sched_yearofgraduation as projected_graduation_year,
  (select min(e.email)
     from psm_studentcontact e
     join psm_studentcontacttype et on et.id = e.studentcontacttypeid
    where et.name = 'Self' and e.studentid = s.id) as email,
  s.home_phone as phone,
  s.street as street,
  s.city as city,
  s.state as state,
  s.zip as zip,
  s.mailing_street as mailing_street,
  s.mailing_city as mailing_city,
  s.mailing_state as mailing_state,
  s.mailing_zip as mailing_zip,
  s.enroll_status as enroll_status,
  s.grade_level as grade_level,
  sc.dcid as school_dcid,
  sc.school_number as school_number,
  to_char(s.entrydate, 'YYYY-MM-DD') as entry_date,
  to_char(s.exitdate, 'YYYY-MM-DD') as exit_date,
  s.track as track,
  s.home_room as home_room,
  s.family_ident as family_ident,
  s.lunchstatus as lunch_status,
  s.photoflag as has_photo,
  s.fedethnicity as federal_ethnicity,
  (select listagg(r.racecd, ',') within group (order by r.racecd)
     from studentrace r
    where r.studentid = s.id) as races,
  c.primarylanguage as language
from students s
left join schools sc on sc.school_number = s.schoolid
left join studentcorefields c on c.studentsdcid = s.dcid
where s.dcid > :after
  and (s.enroll_status in (0, -1) or :since <> '0')
  and (nvl(to_char(s.transaction_date, 'YYYY-MM-DD'), '0') >= :since
    or nvl(to_char(c.whenmodified, 'YYYY-MM-DD'), '0') >= :since
    or exists (select 1 from studentrace rx
                where rx.studentid = s.id and to_char(rx.whenmodified, 'YYYY-MM-DD') >= :since)
    or exists (select 1 from psm_studentcontact ex
                where ex.studentid = s.id and to_char(ex.whenmodified, 'YYYY-MM-DD') >= :since))
order by s.dcid
