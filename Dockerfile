# The studio as one server: docker build -t studio .            for processors
#                           docker build -t studio --build-arg VARIANT=cuda .   for NVIDIA graphics cards
ARG PYTHON=3.12.12-slim-bookworm

FROM python:${PYTHON} AS packages
ARG VARIANT=cpu
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN python -m venv /opt/studio
ENV PATH=/opt/studio/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt requirements-space.txt /tmp/
WORKDIR /tmp
# PyTorch's usual build for Linux is the one for CUDA; the one for processors is several GB smaller.
RUN case "$VARIANT" in \
        cpu) grep '^torch==' requirements.txt > torch.txt && \
            pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu -r torch.txt ;; \
        cuda) ;; \
        *) echo "VARIANT is cpu or cuda, not $VARIANT" && exit 1 ;; \
    esac && \
    pip install --no-cache-dir -r requirements-space.txt

FROM python:${PYTHON}
# What reading pictures takes: OpenCV's libraries, and Tesseract for Korean and Cyrillic lines. Debian's own versions of a
# release are fixed, and older ones vanish from its servers, so that naming them would break later builds.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends \
        libgl1 libglib2.0-0 tesseract-ocr tesseract-ocr-kor tesseract-ocr-rus && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --create-home --home-dir /data studio
COPY --from=packages /opt/studio /opt/studio
WORKDIR /studio
COPY .streamlit .streamlit
COPY app.py space.py ./
COPY pages pages
COPY t2i_core t2i_core
COPY weights weights
ENV PATH=/opt/studio/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GRADIO_ANALYTICS_ENABLED=False \
    GRADIO_TEMP_DIR=/tmp/space \
    HF_HOME=/data/hub \
    T2I_HOME=/data/studio
USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/healthz', timeout=8)"]
ENTRYPOINT ["python", "-m", "t2i_core.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8501"]
