"""What a change does to a stack, for whoever reviews it: verdict, dangers, SQL, what is downstream, cost."""
