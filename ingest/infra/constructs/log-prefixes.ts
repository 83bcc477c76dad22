/** Where the load balancer writes, in the bucket of access logs. Elastic Load Balancing appends `/AWSLogs/<account>/`. */
export const LOAD_BALANCER_LOG_PREFIXES = { access: 'alb', connection: 'alb-connections' } as const;
