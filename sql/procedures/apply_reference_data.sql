-- apply_reference_data_at at the present moment: for people, after rows were changed by hand.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.apply_reference_data`()
OPTIONS(description="Brings holidays and flags to what the configuration declares.")
BEGIN
  CALL `eros_scheduling_brain.apply_reference_data_at`(CURRENT_TIMESTAMP());
END;
