-- Names of the channels that listeners listen to.
SELECT :schema.work_channel(), :schema.finished_channel()
