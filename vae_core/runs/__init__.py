"""A run is a folder, written by one process of its own; everything else reads it and drops commands into it.

```
runs/<id>/config.json       what is trained, for whom, within which budget
          status.json       what its worker last said of itself
          lock.json         who writes: process id and start time
          history.jsonl     append-only: records of steps, and changes of weights
          frames/<step>.npz what the model made of fixed images and codes, on a log-spaced schedule
          live.npz          the same now, while somebody watches
          snapshots/<step>.safetensors  weights, on a log-spaced schedule
          state/<step>.safetensors      all that the next step depends on; the last two
          commands/*.json   the inbox: pause, play, step, stop, set
runs/queue/, runs/active/   who waits, and who trains
```
"""
