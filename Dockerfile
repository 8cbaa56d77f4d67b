# A server for a class: docker build -t latent-explorer . && docker run -p 8501:8501 -v explorer:/home/explorer/.local/share/latent-explorer latent-explorer
# docs/guide/class.md lists the variables that set limits for a shared server.

FROM python:3.12-slim AS build
RUN pip install --no-cache-dir hatchling
WORKDIR /source
COPY . .
RUN python -m hatchling build -t wheel -d /wheel

FROM python:3.12-slim
# a class server needs no CUDA libraries: --build-arg TORCH_INDEX=ADDRESS takes PyTorch from its index of CPU builds (about 4 GB less)
ARG TORCH_INDEX=
RUN pip install --no-cache-dir torch torchvision ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
RUN --mount=type=bind,from=build,source=/wheel,target=/wheel pip install --no-cache-dir /wheel/*.whl

RUN useradd --create-home --uid 1000 explorer
USER explorer
WORKDIR /home/explorer
# models made here, and runs: owned by the user, so that a new volume is writable
RUN mkdir -p .local/share/latent-explorer/checkpoints .local/share/latent-explorer/runs .cache/latent-explorer
VOLUME ["/home/explorer/.local/share/latent-explorer"]

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["latent-explorer"]
CMD ["--address", "0.0.0.0", "--port", "8501", "--headless", "true"]
