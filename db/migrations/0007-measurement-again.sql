-- Slots with more than one run: a lane shows the last of them alone, so lists by verdict look at each of these slots.
CREATE INDEX measurement_again ON measurement (service_id, vantage_id, slot_ms) WHERE seq > 0;
