"""Trainings as folders: one process writes a run's folder; all others read it and send commands to it.

```
runs/<id>/config.json       the configuration, the owner, the job and the time limit
          status.json       the last status that the worker reported
          lock.json         the process that writes: its id and creation time
          history.jsonl     append-only: records of steps, and changes of live settings
          frames/<step>.npz images and codes of the model at that step, on a log-spaced schedule
          live.npz          the same of the current step, while a page shows the run
          snapshots/<step>.safetensors  averaged weights, on a log-spaced schedule
          state/<step>.safetensors      all that the next step depends on; the last two
          commands/*.json   the command inbox: play, pause, stop, step, set
runs/queue/, runs/active/   jobs that wait, and jobs that train
```

The words, everywhere the same: a *run* is one training; a *race* is several runs that train together, in turns; a *job* is one
entry of the queue, which is a run or a race; a *worker* is the process that trains one job.
"""
