"""Downloads as LMSs make them, by path inside the archive."""

from __future__ import annotations

from archive_makers import zip_bytes

CODE = b"print(1)"
PACKED = zip_bytes({"hw5/net.py": CODE})
CANVAS = {
    "doejane_12345_67890_hw5.zip": PACKED,
    "doejane_12345_67891_hw5.pdf": b"%PDF",
    "o_neil_smith_LATE_12346_67892_my_net_2.py": CODE,
    "李雷_12347_67893_hw5-1.py": CODE,
    "group7_12348_text.html": b"<p>",
    "LATE_anon_a1B2c_67894_hw5.py": CODE,
    "anon_Zz9yX_text.html": b"<p>",
}
MOODLE = {
    "Jane Doe_101_assignsubmission_file/src/net.py": CODE,
    "Jane Doe_101_assignsubmission_file/hw5.pdf": b"%PDF",
    "Jane Doe_101_assignsubmission_onlinetext/onlinetext.html": b"<p>",
    "Anne-Marie O'Neil_102_assignsubmission_file_/net.py": CODE,
    "李 雷_103_assignsubmission_file_my_net_5_6_x.py": CODE,
    "Participant_104_assignsubmission_file/hw5.zip": PACKED,
    "Group 7_105_assignsubmission_onlinetext_": b"<p>",
}
BRIGHTSPACE = {
    "index.html": b"<html>",
    "397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM/net.py": CODE,
    "397063-2557369 - Mary-Ann Smith - Sep 25, 2024 1201 AM/net.py": b"print(2)",
    "397064-2557369 - Ed - ward - Sep 24, 2024 1159 PM/hw5.zip": PACKED,
    "397065-2557369 - 李雷 - Sep 24, 2024 100 PM - net.py": CODE,
    "397065-2557369 - 李雷 - Sep 24, 2024 100 PM - hw5.pdf": b"%PDF",
}
BLACKBOARD = {
    "HW5_Deep_nets_jdoe_attempt_2024-09-24-21-26-05_net.py": CODE,
    "HW5_Deep_nets_jdoe_attempt_2024-09-24-21-26-05_report_2.pdf": b"%PDF",
    "HW5_Deep_nets_jdoe_attempt_2024-09-24-21-26-05.txt": b"Name: Jane Doe (jdoe)",
    "HW5_Deep_nets_jdoe_attempt_2024-09-26-08-00-00_net.py": b"print(2)",
    "HW5_Deep_nets_jdoe_attempt_2024-09-26-08-00-00.txt": b"Name: Jane Doe (jdoe)",
    "HW5_Deep_nets_a_smith_attempt_2024-09-24-21-30-00_hw5.zip": PACKED,
    "HW5_Deep_nets_idle_attempt_2024-09-24-21-31-00.txt": b"Name: Idle (idle)",
}
METADATA = """
submission_123:
  :submitters:
  - :name: Jane Doe
    :sid: '0100'
    :email: jane@x.edu
  :created_at: 2024-09-24 21:26:05.123456000 -05:00
  :score: 0.0
submission_124:
  :submitters:
  - :name: 李雷
    :sid: 7
    :email: lei@x.edu
  - :name: Bob Roe
    :sid: '8'
    :email: bob@x.edu
  :created_at: 2024-09-24 22:00:00 Z
"""
GRADESCOPE = {
    "assignment_9_export/submission_metadata.yml": METADATA.encode(),
    "assignment_9_export/submission_123/net.py": CODE,
    "assignment_9_export/submission_124/src/net.py": CODE,
    "assignment_9_export/submission_125/net.py": CODE,
}
DOWNLOADS = {
    "canvas": CANVAS,
    "moodle": MOODLE,
    "brightspace": BRIGHTSPACE,
    "blackboard": BLACKBOARD,
    "gradescope": GRADESCOPE,
}
