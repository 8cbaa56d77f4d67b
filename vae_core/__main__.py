from vae_core.cli.main import main

raise SystemExit(main())
