"""Export of schedules into Google Sheets: a tab for each page, and the grid of the control panel.

`connection` speaks to the API, `page_tab` and `control_panel` say what stands where, `guarded_write` puts it there or
takes it back, `export_gate` says whether, `sheets_exporter` does it in order and writes it down.
"""
