# Production image: the service only, with the official Node. The lab and the development packages stay outside.
FROM node:26-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY . .
RUN node addin/build.ts && node console/build.ts && npm prune --omit=dev --omit=optional && rm -rf lab tests bench

FROM node:26-trixie-slim
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN mkdir -p /data /keys && chown node:node /data /keys && chmod 700 /data /keys
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8443 DATA_DIR=/data KEYS_DIR=/keys
VOLUME ["/data", "/keys"]
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:8443/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "service/main.ts"]
