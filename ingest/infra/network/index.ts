export { OwnVpc, type OwnVpcProps } from './own-vpc';
