-- A mark for runs during which the vantage changed its network; its verdicts would belong to neither.

INSERT INTO code_mark (code, name) VALUES (32, 'network_changed');
